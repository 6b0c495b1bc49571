import { useLocation } from "@tanstack/react-router";
import { useEffect, useRef } from "react";

/**
 * Puts the focus on the content whenever another page is shown: what had it is often gone, and whoever reads with the
 * keyboard or by ear begins at the new page instead of at the top of the window (WCAG 2.4.3).
 */
export function useFocusOnNavigation(contentId: string): void {
  const { pathname } = useLocation();
  const shown = useRef(pathname);
  useEffect(() => {
    if (shown.current === pathname) return;
    shown.current = pathname;
    document.getElementById(contentId)?.focus({ preventScroll: true });
  }, [contentId, pathname]);
}
