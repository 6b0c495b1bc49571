import { useNavigate } from "@tanstack/react-router";
import { changeSearch, type SearchChange } from "./list-search.ts";

/**
 * Changes what the address of a page holds.
 *
 * @param read Reads what the page keeps there, and leaves the rest out.
 */
export function useSearchChange<Search extends object>(
  read: (search: Record<string, unknown>) => Search,
): (changed: SearchChange<Search>) => void {
  const navigate = useNavigate();
  return (changed) => {
    // Of the address as it is then: a word may be typed while another thing is chosen.
    const next = (before: object): Search => read({ ...changeSearch<object>(before, changed) });
    void navigate({ to: ".", search: next, replace: true });
  };
}
