import { Button, Divider, PinInput, Stack, Text } from "@mantine/core";
import { IconFingerprint } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useId, useState } from "react";
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
  const label = useId();
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
        <Text id={label} size="sm" fw={500}>
          {texts.login.code}
        </Text>
        <PinInput
          length={codeDigits}
          type="number"
          oneTimeCode
          autoFocus
          aria-labelledby={label}
          aria-label={texts.login.code}
          value={code}
          onChange={setCode}
          onComplete={(complete) => confirm.mutate(complete)}
        />
        <Text size="xs" c="dimmed">
          {texts.login.codeHelp}
        </Text>
        {confirm.error !== null && <ErrorState error={confirm.error} />}
        <Button type="submit" disabled={code.length < codeDigits} loading={confirm.isPending}>
          {texts.login.verify}
        </Button>
      </Stack>
    </form>
  );
}
