/** Completion of the command line in three shells, from the same catalog as the commands themselves. */
import type { ApiCommand } from "./catalog.ts";

export const completionShells = ["bash", "zsh", "fish"] as const;
export type CompletionShell = (typeof completionShells)[number];

export type CompletionWords = {
  /** Commands that are not of the API. */
  readonly others: readonly string[];
  readonly commands: readonly ApiCommand[];
};

/** Writes the script that a shell reads (`source <(pomona completion bash)`). */
export function writeCompletion(shell: CompletionShell, words: CompletionWords): string {
  if (shell === "fish") return fishScript(words);
  const prefix = shell === "zsh" ? "#compdef pomona\nautoload -U +X bashcompinit && bashcompinit\n" : "";
  return `${prefix}${bashScript(words)}`;
}

const commonFlags = ["--json", "--help"];

function flagsOf(command: ApiCommand): string[] {
  const own = command.flags.map(({ flag }) => `--${flag}`);
  const list = command.isList ? ["--all"] : [];
  return [
    ...own,
    ...(command.hasBody ? ["--data"] : []),
    ...list,
    ...(command.isFile ? ["--output"] : []),
    ...commonFlags,
  ];
}

function bashScript({ others, commands }: CompletionWords): string {
  const byResource = Map.groupBy(commands, ({ resource }) => resource);
  const verbs = [...byResource].map(
    ([resource, own]) => `    ${resource}) words="${own.map(({ verb }) => verb).join(" ")}" ;;`,
  );
  const flags = commands.map(
    (command) => `    "${command.resource} ${command.verb}") words="${flagsOf(command).join(" ")}" ;;`,
  );
  return `_pomona() {
  local word="\${COMP_WORDS[COMP_CWORD]}" words=""
  if [ "$COMP_CWORD" -eq 1 ]; then
    words="${[...byResource.keys(), ...others].join(" ")}"
  elif [ "$COMP_CWORD" -eq 2 ]; then
    case "\${COMP_WORDS[1]}" in
${verbs.join("\n")}
    esac
  else
    case "\${COMP_WORDS[1]} \${COMP_WORDS[2]}" in
${flags.join("\n")}
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F _pomona pomona
`;
}

function fishScript({ others, commands }: CompletionWords): string {
  const byResource = Map.groupBy(commands, ({ resource }) => resource);
  const lines = [...byResource.keys(), ...others].map(
    (word) => `complete -c pomona -n __fish_use_subcommand -f -a ${word}`,
  );
  for (const { resource, verb, summary } of commands) {
    const condition = `"__fish_seen_subcommand_from ${resource}"`;
    lines.push(`complete -c pomona -n ${condition} -f -a ${verb} -d ${quote(summary)}`);
  }
  for (const command of commands) {
    const condition = `"__fish_seen_subcommand_from ${command.resource}; and __fish_seen_subcommand_from ${command.verb}"`;
    for (const flag of flagsOf(command)) lines.push(`complete -c pomona -n ${condition} -l ${flag.slice(2)}`);
  }
  return `${lines.join("\n")}\n`;
}

function quote(text: string): string {
  return `'${text.replace(/['\\]/g, "\\$&")}'`;
}
