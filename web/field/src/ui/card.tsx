// A box for one item, and the text for an empty list.
import type { ComponentChildren } from "preact";

export function Card(props: { children: ComponentChildren; tone?: "warn" | "bad"; testid?: string }) {
  return (
    <section class={`card ${props.tone ?? ""}`} data-testid={props.testid}>
      {props.children}
    </section>
  );
}

export function Empty(props: { children: ComponentChildren }) {
  return <p class="empty">{props.children}</p>;
}
