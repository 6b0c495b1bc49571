/** Where a login leads: a page of this console, never another site. */
export function destination(next: string | undefined): string {
  return next !== undefined && /^\/(?![/\\])/.test(next) ? next : "/";
}
