/** Something that people do to an object: what was read of it is read again, and the outcome is told. */
import { notifications } from "@mantine/notifications";
import { type QueryKey, useMutation, type UseMutationResult, useQueryClient } from "@tanstack/react-query";
import { texts } from "../texts/en.ts";

export type Action<Input, Output> = {
  readonly run: (input: Input) => Promise<Output>;
  /** Told when it worked; null when the page shows it anyway. */
  readonly done?: (output: Output, input: Input) => string | null;
  /** Beginnings of the keys of queries that are out of date now. */
  readonly refreshes: readonly QueryKey[];
  /** True where a dialog shows the error itself. */
  readonly showsError?: boolean;
  readonly onDone?: (output: Output, input: Input) => void;
};

/** A mutation with the manners of this console. */
export function useAction<Input, Output>(
  action: Action<Input, Output>,
): UseMutationResult<Output, Error, Input> {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: action.run,
    onSuccess: async (output, input) => {
      action.onDone?.(output, input);
      const message = action.done?.(output, input) ?? null;
      if (message !== null) notifications.show({ message, color: "orchard" });
      await Promise.all(action.refreshes.map((queryKey) => queryClient.invalidateQueries({ queryKey })));
    },
    onError: ({ message }) => {
      if (action.showsError === true) return;
      notifications.show({ title: texts.common.failed, message, color: "red", autoClose: 10_000 });
    },
  });
}
