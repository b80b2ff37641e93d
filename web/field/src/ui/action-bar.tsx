// The actions of a page that stay in view above the tabs, where the thumb of the hand that holds the phone is.
import type { ComponentChildren } from "preact";
import "./action-bar.css";

export function ActionBar(props: { children: ComponentChildren }) {
  return (
    <div class="send">
      <div class="action-bar" data-testid="action-bar">
        {props.children}
      </div>
    </div>
  );
}
