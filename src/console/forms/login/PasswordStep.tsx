import { Button, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import { logIn } from "../../session/session-requests.ts";
import type { SessionAnswer } from "../../session/session.ts";
import { texts } from "../../texts/en.ts";
import { ErrorState } from "../../ui/states.tsx";

export function PasswordStep(props: {
  /** Also told the password: who must change it need not type it again. */
  readonly onDone: (session: SessionAnswer, password: string) => void;
}) {
  const form = useForm({ initialValues: { username: "", password: "" } });
  const login = useMutation({
    mutationFn: logIn,
    onSuccess: (session, { password }) => props.onDone(session, password),
  });
  return (
    <form onSubmit={form.onSubmit((values) => login.mutate(values))}>
      <Stack>
        <TextInput
          label={texts.login.username}
          autoComplete="username webauthn"
          autoCapitalize="none"
          spellCheck={false}
          autoFocus
          required
          {...form.getInputProps("username")}
        />
        <PasswordInput
          label={texts.login.password}
          autoComplete="current-password"
          required
          {...form.getInputProps("password")}
        />
        {login.error !== null && <ErrorState error={login.error} />}
        <Button type="submit" loading={login.isPending}>
          {texts.login.submit}
        </Button>
        <Text size="sm" c="dimmed">
          {texts.login.firstTime}
        </Text>
      </Stack>
    </form>
  );
}
