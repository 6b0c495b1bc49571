import { useState } from "react";
import { readPlistDictionary } from "../format/read-plist.ts";
import { type DetectedFile, detectedBytesMax, detectFile } from "./detect-file.ts";

export type Chosen = { readonly file: File; readonly detected: DetectedFile };

/** A file that somebody chose, and what it is. */
export function useDetectedFile(): {
  readonly chosen: Chosen | null;
  readonly choose: (file: File) => Promise<Chosen>;
  readonly forget: () => void;
} {
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const choose = async (file: File): Promise<Chosen> => {
    const bytes = new Uint8Array(await file.slice(0, detectedBytesMax).arrayBuffer());
    const found = { file, detected: detectFile(file.name, bytes, readPlistDictionary) };
    setChosen(found);
    return found;
  };
  return { chosen, choose, forget: () => setChosen(null) };
}
