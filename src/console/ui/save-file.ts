/** Hands a text or bytes to the person as a file. */
export function saveFile(file: { readonly name: string; readonly content: BlobPart }): void {
  const url = URL.createObjectURL(new Blob([file.content]));
  const link = document.createElement("a");
  link.href = url;
  link.download = file.name;
  link.click();
  URL.revokeObjectURL(url);
}
