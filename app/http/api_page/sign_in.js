// The sign-in panel of the page: a form, the demo's accounts where there are some, and who is signed in.
import { element } from "./element.js";
import { SignInRefused } from "./session.js";

const ROLES = {
  worker: "grid worker",
  grid_chief: "grid chief",
  handler: "handler",
  supervisor: "supervisor",
  admin: "administrator",
  gis: "GIS user",
  analyst: "analyst",
  auditor: "auditor",
  service: "service account",
};
const find = (selector) => /** @type {any} */ (document.querySelector(selector));

/** Connect the panel that the server has written into the page with a session. */
export function connectSignIn(session) {
  const panel = find("#sign-in");
  const form = panel.querySelector("form");
  const message = find("#sign-in-message");
  const say = (text, isFault = false) => {
    message.textContent = text;
    message.classList.toggle("fault", isFault);
  };

  const signIn = async (username, password) => {
    say(`Signing in as ${username} …`);
    try {
      await session.signIn(username, password);
    } catch (error) {
      say(error instanceof SignInRefused ? error.message : "The server cannot be reached.", true);
    }
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const { username, password } = form.elements;
    void signIn(username.value, password.value);
    password.value = "";
  });
  for (const button of panel.querySelectorAll("button[data-username]")) {
    button.addEventListener("click", () => {
      const { username } = button.dataset;
      if (panel.dataset.password) {
        void signIn(username, panel.dataset.password);
        return;
      }
      form.elements.username.value = username;
      form.elements.password.focus();
      say(`Enter the password of ${username}. The server printed it when it started.`);
    });
  }
  find("#sign-out").addEventListener("click", () => void session.signOut());

  // After `change`, so that this is the message that stays.
  session.addEventListener("expired", () => say("The session has expired. Sign in again.", true));
  session.addEventListener("change", () => {
    const { account } = session;
    panel.hidden = account !== null;
    find("#signed-in").hidden = account === null;
    find("#who").replaceChildren(account ? `Signed in: ${account.username}` : element("a", { href: "#sign-in" }, "Sign in"));
    if (!account) {
      say("You are signed out.");
      return;
    }
    say(account.must_change_password ? "This account must change its password first: POST /me/password." : "");
    const roles = [...new Set(account.roles.map(({ role }) => ROLES[role] ?? role))].join(", ") || "no role";
    const places = [...account.areas, ...account.units].map(({ name }) => name.en ?? name.zh ?? name).join(", ");
    find("#account").replaceChildren(
      "Signed in as ",
      element("strong", {}, account.username),
      ` (${account.name}), ${roles}${places ? ` in ${places}` : ""}. The token is renewed when a call needs it.`,
    );
    find("#sign-out").focus();
  });
}
