// Elements of the page. Text is always set as text, never parsed as HTML.

/**
 * Return a new element. `attributes.on` maps event names to listeners; false, null and undefined leave an attribute out.
 * @param {string} name
 * @param {Record<string, any>} [attributes]
 * @param {...(Node | string | null | undefined | false)} children
 * @returns {any}
 */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (key === "on") for (const [event, listener] of Object.entries(value)) made.addEventListener(event, listener);
    else made.setAttribute(key, value === true ? "" : String(value));
  }
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

/**
 * Return a <details> whose content is made when it is opened for the first time.
 * @param {Record<string, any>} attributes
 * @param {Node} summary
 * @param {() => Node[]} content
 */
export function lazyDetails(attributes, summary, content) {
  const details = element("details", attributes, summary);
  const fill = () => {
    if (!details.open || details.childElementCount > 1) return;
    details.append(...content());
  };
  details.addEventListener("toggle", fill);
  // For scripts that open it and go on at once: `toggle` comes later.
  details.fill = () => {
    details.open = true;
    fill();
  };
  return details;
}

/** Return a number for ids of elements, another one at each call. */
export const nextId = (() => {
  let last = 0;
  return () => `field-${++last}`;
})();
