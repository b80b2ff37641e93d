// The actions of a case: one or two primary buttons, and a menu of the others with one line of explanation each.
import { useRef } from "preact/hooks";
import { useTranslation } from "../hooks/use-translation";
import { ACTION_GROUP, STEP_MEANS } from "../words/actions";
import { STEP } from "../words/codes";
import { GRAVE_ACTIONS, orderActions } from "./action-order";

export function ActionMenu(props: {
  status: string;
  actions: readonly string[];
  openAction: string | undefined;
  onToggle: (action: string) => void;
}) {
  const t = useTranslation();
  const menu = useRef<HTMLDetailsElement>(null);
  const { primary, groups } = orderActions(props.status, props.actions);
  const close = () => {
    if (menu.current) menu.current.open = false;
  };
  const closeByKey = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || !menu.current?.open) return;
    close();
    menu.current.querySelector("summary")?.focus();
  };
  const button = (action: string, style: string) => (
    <button
      key={action}
      type="button"
      class={style}
      aria-expanded={props.openAction === action}
      aria-describedby={style === "main" ? undefined : `means-${action}`}
      onClick={() => (close(), props.onToggle(action))}
      data-testid={`act-${action}`}
    >
      {t.code(STEP, action)}
    </button>
  );
  return (
    <div class="acts">
      {primary.map((action) => button(action, "main"))}
      {groups.length > 0 && (
        // eslint-disable-next-line jsx-a11y-x/no-noninteractive-element-interactions -- Escape bubbles from its buttons.
        <details class="action-menu" ref={menu} onKeyDown={closeByKey} data-testid="more-acts">
          <summary>{t(primary.length > 0 ? "more_actions" : "actions")}</summary>
          <div class="panel">
            {groups.map(({ name, actions }) => (
              <section key={name}>
                <h3>{t.code(ACTION_GROUP, name)}</h3>
                <ul>
                  {actions.map((action) => (
                    <li key={action}>
                      {button(action, GRAVE_ACTIONS.includes(action) ? "grave" : "")}
                      <small id={`means-${action}`}>{t.code(STEP_MEANS, action)}</small>
                    </li>
                  ))}
                </ul>
              </section>
            ))}
          </div>
        </details>
      )}
    </div>
  );
}
