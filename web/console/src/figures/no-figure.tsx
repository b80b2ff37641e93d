// In place of the members of a figure: the address does not say of which figure.
import { useTranslation } from "../hooks/use-translation";

/** Return true if an address says which figure its members belong to. */
export const namesFigure = (query: URLSearchParams): boolean =>
  ["from", "to", "measure"].every((name) => !!query.get(name));

export function NoFigure() {
  const t = useTranslation();
  return (
    <div class="order" data-testid="no-figure">
      <p>
        <b>{t("figure_not_chosen")}</b>
      </p>
      <p>{t("figure_not_chosen_means")}</p>
      <p class="buttons">
        <a href="#/figures">{t("figures")}</a>
        <a href="#/evaluation">{t("evaluation")}</a>
      </p>
    </div>
  );
}
