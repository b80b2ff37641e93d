// Sets the theme of the document before the first paint: `light` or `dark`, by the choice on this device or by the device
// itself. The build puts this file into the head as a script of its own: the policy of the pages allows no inline scripts,
// and the other scripts run after the first paint. theme.ts has the rest.
(() => {
  const root = document.documentElement;
  const isDeviceDark = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    let choice = null;
    try {
      choice = localStorage.getItem("gridward-theme");
    } catch {
      // The browser blocks the storage: as the device.
    }
    root.dataset.theme = choice === "light" || choice === "dark" ? choice : isDeviceDark.matches ? "dark" : "light";
  };
  apply();
  isDeviceDark.addEventListener("change", apply);
  addEventListener("storage", apply); // chosen in another tab
  addEventListener("gridward-theme", apply); // chosen in this one
  // Charts on a canvas are drawn again for paper.
  addEventListener("beforeprint", () => (root.dataset.theme = "light"));
  addEventListener("afterprint", apply);
})();
