/** What is said when a request or a page fails, and nobody else has words for it. */
export const failureTexts = {
  unreachable: "The server cannot be reached. Check the connection and try again.",
  fields: "Some fields need another look.",
  forbidden: "Your account is not allowed to do this.",
  absent: "This does not exist, or no longer.",
  tooMany: "Too many attempts. Wait a little and try again.",
  server: "The server could not do this. Its log says why.",
  other: (status: number) => `The server answered with ${status}.`,
  noPage: "There is no such page",
  noPageHelp: "The address may be mistyped, or what it named was deleted.",
  toStart: "To the start",
} as const;
