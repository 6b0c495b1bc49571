import { Button, Center, Paper, PasswordInput, Stack, Text, TextInput, Title } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { api, unwrap } from "../api/client.ts";
import { takeSession, useSession } from "../session/session.ts";
import { texts } from "../texts/en.ts";
import { ErrorState } from "../ui/states.tsx";

const route = getRouteApi("/login");

/** Username and password; the second factor and a new password follow where the account needs them. */
export function LoginPage() {
  const { next = "/" } = route.useSearch();
  const { answer } = useSession();
  const queryClient = useQueryClient();
  const form = useForm({ initialValues: { username: "", password: "" } });
  const login = useMutation({
    mutationFn: (body: typeof form.values) => unwrap(api.POST("/api/session/", { body })),
    onSuccess: (session) => {
      takeSession(queryClient, session);
      if (session.authenticated) globalThis.location.assign(next.startsWith("/") ? next : "/");
    },
  });
  return (
    <Center mih="100dvh" p="md" component="main">
      <Paper withBorder p="xl" w={380} maw="100%">
        <form onSubmit={form.onSubmit((values) => login.mutate(values))}>
          <Stack>
            <Title order={1} size="h3">
              {texts.login.title}
            </Title>
            <TextInput
              label={texts.login.username}
              autoComplete="username"
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
            {!answer.authenticated && (
              <Text size="sm" c="dimmed">
                {texts.login.firstTime}
              </Text>
            )}
          </Stack>
        </form>
      </Paper>
    </Center>
  );
}
