import { Text } from "@mantine/core";
import type { SessionAnswer } from "../../session/session.ts";
import { texts } from "../../texts/en.ts";
import { PasswordForm } from "../account/PasswordForm.tsx";

export function NewPasswordStep(props: {
  /** What was used a moment ago; empty when the page was opened anew. */
  readonly oneTimePassword: string;
  readonly onDone: (session: SessionAnswer) => void;
}) {
  return (
    <>
      <Text size="sm" c="dimmed">
        {texts.login.newPasswordHelp}
      </Text>
      <PasswordForm knownPassword={props.oneTimePassword} onDone={props.onDone} />
    </>
  );
}
