/** The door: password, then the second factor where there is one, then an own password instead of the one-time one. */
import { Center, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { PasswordStep } from "../forms/login/PasswordStep.tsx";
import { NewPasswordStep } from "../forms/login/NewPasswordStep.tsx";
import { SecondFactorStep } from "../forms/login/SecondFactorStep.tsx";
import { destination } from "../session/destination.ts";
import { type SessionAnswer, takeSession, useSession } from "../session/session.ts";
import { texts } from "../texts/en.ts";

const route = getRouteApi("/login");

export function LoginPage() {
  const { next } = route.useSearch();
  const { answer } = useSession();
  const queryClient = useQueryClient();
  const [password, setPassword] = useState("");
  useDocumentTitle(`${texts.login.title} · Pomona`);
  const take = (session: SessionAnswer): void => {
    takeSession(queryClient, session);
    if (isInside(session)) globalThis.location.assign(destination(next));
  };
  return (
    <Center mih="100dvh" p="md" component="main">
      <Stack w={400} maw="100%">
        <Group gap={8} justify="center">
          <img src="/icon.svg" width={32} height={32} alt="" />
          <Text fw={700} fz="xl">
            Pomona
          </Text>
        </Group>
        <Paper withBorder p="xl">
          <Stack>
            <Title order={1} size="h3">
              {titleOf(answer)}
            </Title>
            {answer.authenticated ? (
              <NewPasswordStep oneTimePassword={password} onDone={take} />
            ) : answer.second_factor === null ? (
              <PasswordStep
                onDone={(session, used) => {
                  setPassword(used);
                  take(session);
                }}
              />
            ) : (
              <SecondFactorStep kinds={answer.second_factor.kinds} onDone={take} />
            )}
          </Stack>
        </Paper>
      </Stack>
    </Center>
  );
}

function isInside({ authenticated, account }: SessionAnswer): boolean {
  return authenticated && account?.must_change_password !== true;
}

function titleOf({ authenticated, second_factor: factor }: SessionAnswer): string {
  if (authenticated) return texts.login.newPassword;
  return factor === null ? texts.login.title : texts.login.secondFactor;
}
