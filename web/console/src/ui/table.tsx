// A table with a caption that scrolls sideways on a narrow screen.
import type { ComponentChildren } from "preact";

export type Order = "ascending" | "descending";

export function Table(props: {
  caption: string;
  heads: ComponentChildren[];
  children: ComponentChildren;
  testid?: string;
  numbers?: number[];
  /** The order of the rows by a column, by its number. */
  orders?: Record<number, Order>;
}) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={props.caption}>
      <table data-testid={props.testid}>
        <caption>{props.caption}</caption>
        <thead>
          <tr>
            {props.heads.map((head, n) => (
              <th key={n} scope="col" class={props.numbers?.includes(n) ? "number" : ""} aria-sort={props.orders?.[n]}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{props.children}</tbody>
      </table>
    </div>
  );
}
