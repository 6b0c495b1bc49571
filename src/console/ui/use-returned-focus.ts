import { useEffect, useState } from "react";

/**
 * Gives the focus back to what opened a dialog that exists only while it is open; Mantine does it for dialogs that are
 * always there. Elsewhere somebody who uses the keyboard would begin again at the top of the page.
 *
 * @param isOpen Whether the dialog was open when it came to be.
 */
export function useReturnedFocus(isOpen: boolean): void {
  // While it is rendered first, the focus is still where it was.
  const [opener] = useState(() => (isOpen ? document.activeElement : null));
  useEffect(
    () => () => {
      setTimeout(() => {
        const isLost = document.activeElement === null || document.activeElement === document.body;
        if (isLost && opener instanceof HTMLElement && opener.isConnected) opener.focus();
      });
    },
    [opener],
  );
}
