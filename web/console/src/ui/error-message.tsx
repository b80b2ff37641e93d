// An error in the reader's language.
import { useTranslation } from "../hooks/use-translation";
import { errorText } from "../session";

export function ErrorMessage(props: { error: unknown; retry?: () => void }) {
  const t = useTranslation();
  return (
    <p class="trouble" role="alert">
      {errorText(props.error, t.language)}
      {props.retry && (
        <>
          {" "}
          <button type="button" class="plain" onClick={props.retry}>
            {t("retry")}
          </button>
        </>
      )}
    </p>
  );
}
