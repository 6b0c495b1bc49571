import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { failureTexts as words } from "../texts/failures.ts";
import { EmptyState } from "../ui/states.tsx";

export function NotFoundPage() {
  return (
    <EmptyState
      title={words.noPage}
      action={
        <Button component={Link} to="/">
          {words.toStart}
        </Button>
      }
    >
      {words.noPageHelp}
    </EmptyState>
  );
}
