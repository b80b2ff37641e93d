// An error in the reader's language.
import { useWords } from "../hooks/use-translation";
import { inWords } from "../session";

export function Trouble(props: { error: unknown; retry?: () => void }) {
  const t = useWords();
  return (
    <p class="trouble" role="alert">
      {inWords(props.error, t.language)}
      {props.retry && <> <button type="button" class="plain" onClick={props.retry}>{t("retry")}</button></>}
    </p>
  );
}
