import { Button, Divider, Stack, TextInput } from "@mantine/core";
import { IconFingerprint } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { confirmWithCode, confirmWithPasskey } from "../../session/session-requests.ts";
import { type SessionAnswer, useLogout } from "../../session/session.ts";
import { texts } from "../../texts/en.ts";
import { ErrorState } from "../../ui/states.tsx";

type Kinds = NonNullable<SessionAnswer["second_factor"]>["kinds"];

export function SecondFactorStep(props: {
  readonly kinds: Kinds;
  readonly onDone: (session: SessionAnswer) => void;
}) {
  const { kinds, onDone } = props;
  const passkey = useMutation({ mutationFn: confirmWithPasskey, onSuccess: onDone });
  const leave = useLogout();
  return (
    <Stack>
      {kinds.includes("webauthn") && (
        <>
          <Button
            leftSection={<IconFingerprint size={18} aria-hidden />}
            loading={passkey.isPending}
            onClick={() => passkey.mutate()}
          >
            {texts.login.usePasskey}
          </Button>
          {passkey.error !== null && <ErrorState error={passkey.error} />}
        </>
      )}
      {kinds.length > 1 && <Divider label={texts.common.or} />}
      {kinds.includes("totp") && <CodeForm onDone={onDone} />}
      <Button variant="subtle" onClick={() => void leave()}>
        {texts.login.otherAccount}
      </Button>
    </Stack>
  );
}

const codeDigits = 6;

function CodeForm({ onDone }: { readonly onDone: (session: SessionAnswer) => void }) {
  const [code, setCode] = useState("");
  const confirm = useMutation({
    mutationFn: confirmWithCode,
    onSuccess: onDone,
    onError: () => setCode(""),
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        confirm.mutate(code);
      }}
    >
      <Stack gap="xs">
        <TextInput
          label={texts.login.code}
          description={texts.login.codeHelp}
          inputMode="numeric"
          autoComplete="one-time-code"
          autoFocus
          required
          maxLength={codeDigits}
          value={code}
          onChange={(event) => {
            const typed = event.currentTarget.value.replaceAll(/\D/g, "");
            setCode(typed);
            if (typed.length === codeDigits) confirm.mutate(typed);
          }}
        />
        {confirm.error !== null && <ErrorState error={confirm.error} />}
        <Button type="submit" disabled={code.length < codeDigits} loading={confirm.isPending}>
          {texts.login.verify}
        </Button>
      </Stack>
    </form>
  );
}
