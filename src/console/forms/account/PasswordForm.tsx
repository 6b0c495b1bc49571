import { Button, PasswordInput, Stack } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import { ApiFailure } from "../../api/failure.ts";
import { changePassword } from "../../session/session-requests.ts";
import type { SessionAnswer } from "../../session/session.ts";
import { texts } from "../../texts/en.ts";
import { ErrorState } from "../../ui/states.tsx";

/** Changes the password of one's own account. */
export function PasswordForm(props: {
  /** The present password, when the page knows it already; else it is asked for. */
  readonly knownPassword?: string;
  readonly onDone: (session: SessionAnswer) => void;
}) {
  const { knownPassword = "", onDone } = props;
  const form = useForm({
    initialValues: { current_password: knownPassword, new_password: "", again: "" },
    validate: {
      again: (again, { new_password: chosen }) => (again === chosen ? null : texts.login.passwordsDiffer),
    },
  });
  const change = useMutation({
    mutationFn: changePassword,
    onSuccess: (session) => {
      form.reset();
      onDone(session);
    },
    onError: (error) => {
      if (error instanceof ApiFailure) form.setErrors(error.fields);
    },
  });
  return (
    <form
      onSubmit={form.onSubmit(({ current_password, new_password }) =>
        change.mutate({ current_password, new_password }),
      )}
    >
      <Stack>
        {knownPassword === "" && (
          <PasswordInput
            label={texts.login.currentPassword}
            autoComplete="current-password"
            required
            {...form.getInputProps("current_password")}
          />
        )}
        <PasswordInput
          label={texts.login.chosenPassword}
          description={texts.login.passwordRules}
          autoComplete="new-password"
          required
          {...form.getInputProps("new_password")}
        />
        <PasswordInput
          label={texts.login.passwordAgain}
          autoComplete="new-password"
          required
          {...form.getInputProps("again")}
        />
        {change.error !== null && Object.keys(form.errors).length === 0 && (
          <ErrorState error={change.error} />
        )}
        <Button type="submit" loading={change.isPending}>
          {texts.login.changePassword}
        </Button>
      </Stack>
    </form>
  );
}
