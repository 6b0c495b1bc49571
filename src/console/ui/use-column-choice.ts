/** Which columns of a list a person wants to see; remembered by their browser. */
import { useLocalStorage } from "@mantine/hooks";
import type { Column } from "./ResourceTable.tsx";

export type ColumnChoice<Row> = {
  readonly shown: readonly Column<Row>[];
  readonly isShown: (id: string) => boolean;
  readonly toggle: (id: string) => void;
  /** Shows these and no others. */
  readonly show: (ids: readonly string[]) => void;
};

/**
 * @param list The name it is remembered by.
 * @param hidden Columns that are not shown until somebody asks for them.
 */
export function useColumnChoice<Row>(
  list: string,
  columns: readonly Column<Row>[],
  hidden: readonly string[] = [],
): ColumnChoice<Row> {
  const [off, setOff] = useLocalStorage<readonly string[]>({
    key: `pomona.columns.${list}`,
    defaultValue: hidden,
    getInitialValueInEffect: false,
  });
  const isShown = (id: string): boolean => !off.includes(id);
  return {
    // The first column names the row.
    shown: columns.filter(({ id }, index) => index === 0 || isShown(id)),
    isShown,
    show: (ids) => setOff(columns.map(({ id }) => id).filter((id) => !ids.includes(id))),
    toggle: (id) => setOff(isShown(id) ? [...off, id] : off.filter((other) => other !== id)),
  };
}
