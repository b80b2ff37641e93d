// What stands below a map without a base map: that there is none, and for those who can change that, how.
import { hasPermission, useMe } from "../hooks/use-me";
import { useTranslation } from "../hooks/use-translation";

const MAY_ASK_FOR_ONE = ["incident:direct", "area:edit", "account:manage"];
/** On the documentation site of this server. */
const HOW_TO = "../docs/how-to/base-map.html";

export function BaseMapNote() {
  const t = useTranslation();
  const me = useMe();
  const isLinked = MAY_ASK_FOR_ONE.some((permission) => hasPermission(me, permission));
  return (
    <p class="quiet" data-testid="no-base-map">
      {t("no_base_map")}{" "}
      {isLinked && (
        <a href={HOW_TO} target="_blank" rel="noreferrer">
          {t("no_base_map_how")}
        </a>
      )}
    </p>
  );
}
