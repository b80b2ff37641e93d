// A table with a caption that scrolls sideways on a narrow screen.
import type { ComponentChildren } from "preact";

export function Table(props: {
  caption: string;
  heads: string[];
  children: ComponentChildren;
  testid?: string;
  numbers?: number[];
}) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={props.caption}>
      <table data-testid={props.testid}>
        <caption>{props.caption}</caption>
        <thead>
          <tr>
            {props.heads.map((head, n) => (
              <th key={n} scope="col" class={props.numbers?.includes(n) ? "number" : ""}>
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
