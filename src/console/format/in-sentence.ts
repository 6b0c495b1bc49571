/** A title within a sentence: `Push certificates` is `push certificates`; `SCEP issuers` and `FileVault` stay. */
export function inSentence(title: string): string {
  const isName = /^\S+[A-Z]/.test(title);
  return isName ? title : title.charAt(0).toLowerCase() + title.slice(1);
}
