// A text in which telephone numbers can be called.
import { splitAtTelephones } from "../../../src/telephone";

export function TextWithTelephones(props: { text: string }) {
  return (
    <>
      {splitAtTelephones(props.text).map(({ text, tel }, n) =>
        tel === undefined ? (
          text
        ) : (
          <a key={n} class="tel" href={`tel:${tel}`} data-testid="tel">
            {text}
          </a>
        ),
      )}
    </>
  );
}
