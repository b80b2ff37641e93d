// The reader's own account: roles, language, password, sessions, and tokens for QGIS and other programs.
import { ROOT } from "../../../src/api/http";
import type { Language } from "../../../src/i18n";
import { AccessTokens } from "../account/access-tokens";
import { NotificationSetting } from "../account/notification-setting";
import { PasswordForm } from "../account/password-form";
import { OwnSessions } from "../account/own-sessions";
import { useMe } from "../hooks/use-me";
import { useTranslation } from "../hooks/use-translation";
import { Page } from "../ui/page";
import { ThemeSelect } from "../ui/theme-select";
import { ROLE } from "../words/accounts";

const LANGUAGES: readonly (readonly [Language, string])[] = [
  ["zh-CN", "中文"],
  ["en", "English"],
];

export default function MyAccountPage(props: { onLanguage: (language: Language) => void }) {
  const t = useTranslation();
  const me = useMe();
  // Not from the lists of areas and units, which some roles may not read.
  const placeName = (id: string | null | undefined) =>
    t.named([...me.areas, ...me.units].find((place) => place.id === id)?.name);
  return (
    <Page title={t("my_account")} testid="my-account">
      <dl>
        <dt>{t("account_name")}</dt>
        <dd>{me.name}</dd>
        <dt>{t("username")}</dt>
        <dd>{me.username}</dd>
        <dt>{t("roles")}</dt>
        <dd>
          {me.roles.map((grant) => (
            <div key={grant.id}>
              {t.code(ROLE, grant.role)} <small>{placeName(grant.area_id ?? grant.unit_id)}</small>
            </div>
          ))}
        </dd>
      </dl>
      <label class="inline">
        {t("language")}
        <select
          value={t.language}
          onChange={(event) => props.onLanguage(event.currentTarget.value as Language)}
          data-testid="choose-language"
        >
          {LANGUAGES.map(([code, name]) => (
            <option key={code} value={code} lang={code}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <ThemeSelect />
      <NotificationSetting />
      <PasswordForm />
      <OwnSessions />
      <AccessTokens address={`${ROOT}/ogc`} />
    </Page>
  );
}
