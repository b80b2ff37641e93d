// Shown instead of the app while the password was set by somebody else: the server then accepts only a password change and
// an emergency call.
import { useTranslation } from "../hooks/use-translation";
import { EmergencyCall } from "../ui/emergency-call";
import { LanguageButtons } from "../ui/language-buttons";
import { PasswordForm } from "../ui/password-form";
import { SignOutButton } from "../ui/sign-out";
import { Title } from "../ui/title";
import type { Language } from "../words";

export function PasswordChangePage(props: { onLanguage: (language: Language) => void }) {
  const t = useTranslation();
  return (
    <div class="page">
      <PasswordForm testid="password-first">
        <Title text={t("password_first")} />
        <p>{t("password_why")}</p>
      </PasswordForm>
      <EmergencyCall isOffered>{null}</EmergencyCall>
      <LanguageButtons onLanguage={props.onLanguage} />
      <SignOutButton />
    </div>
  );
}
