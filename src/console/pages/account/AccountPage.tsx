/** One's own account: password, second factor, API tokens, sessions. */
import { Grid, Paper, Stack, Text, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { TokenList, type TokenOwner } from "../../accounts/TokenList.tsx";
import { PasswordForm } from "../../forms/account/PasswordForm.tsx";
import { takeSession, useSession } from "../../session/session.ts";
import { accountTexts as t } from "../../texts/account.ts";
import { PageHeader } from "../../ui/PageHeader.tsx";
import { OwnSessions } from "./OwnSessions.tsx";
import { VerificationDevices } from "./VerificationDevices.tsx";

const ownTokens: TokenOwner = {
  path: "/api/session/api_tokens/",
  tokenPath: "/api/session/api_tokens/",
  queryKey: ["own", "tokens"],
  addReason: null,
  revokeReason: null,
};

export function AccountPage() {
  const { answer } = useSession();
  const queryClient = useQueryClient();
  return (
    <>
      <PageHeader
        title={t.title}
        description={`${answer.account?.username ?? ""} · ${answer.account?.email ?? ""}`}
      />
      <Grid>
        <Grid.Col span={{ base: 12, md: 5 }}>
          <Section title={t.password}>
            <PasswordForm
              onDone={(session) => {
                takeSession(queryClient, session);
                notifications.show({ message: t.passwordDone, color: "orchard" });
              }}
            />
          </Section>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 7 }}>
          <Section title={t.devices} help={t.devicesHelp}>
            <VerificationDevices />
          </Section>
        </Grid.Col>
        <Grid.Col span={12}>
          <Section title={t.tokens} help={t.tokensHelp}>
            <TokenList owner={ownTokens} />
          </Section>
        </Grid.Col>
        <Grid.Col span={12}>
          <Section title={t.sessions} help={t.sessionsHelp}>
            <OwnSessions />
          </Section>
        </Grid.Col>
      </Grid>
    </>
  );
}

function Section(props: { readonly title: string; readonly help?: string; readonly children: ReactNode }) {
  return (
    <Paper withBorder p="md" component="section" aria-label={props.title} h="100%">
      <Stack>
        <Title order={2} size="h4">
          {props.title}
        </Title>
        {props.help !== undefined && (
          <Text size="sm" c="dimmed">
            {props.help}
          </Text>
        )}
        {props.children}
      </Stack>
    </Paper>
  );
}
