import type { ReactNode } from "react";

const PATHS = {
  inbox: <path d="M3.5 11.5 5.6 5.2A2 2 0 0 1 7.5 3.8h5a2 2 0 0 1 1.9 1.4l2.1 6.3v3a2 2 0 0 1-2 2h-9a2 2 0 0 1-2-2zm0 0H7l1.2 2h3.6l1.2-2h3.5" />,
  tasks: <path d="m3.5 5.5 1.3 1.3 2.2-2.6M3.5 13.5l1.3 1.3 2.2-2.6M10 6h6.5M10 14h6.5" />,
  preferences: <path d="M3.5 6h7m4 0h2M3.5 14h2m4 0h7M10.5 6a2 2 0 1 0 4 0 2 2 0 0 0-4 0ZM5.5 14a2 2 0 1 0 4 0 2 2 0 0 0-4 0Z" />,
  send: <path d="m16.8 3.2-5.6 13.6-2.6-5.4-5.4-2.6zm0 0-8.2 8.2" />,
  events: <path d="M2.5 10h3l2-5.5 4 11 2.4-5.5h3.6" />,
  signOut: <path d="M8 3.5H5.5a2 2 0 0 0-2 2v9a2 2 0 0 0 2 2H8M12.5 13.5 16 10l-3.5-3.5M16 10H8" />,
  system: <path d="M4.5 3.5h11a1 1 0 0 1 1 1v7.5a1 1 0 0 1-1 1h-11a1 1 0 0 1-1-1V4.5a1 1 0 0 1 1-1ZM7.5 16.5h5M10 13v3.5" />,
  light: <path d="M10 13.2a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4ZM10 2.5V4m0 12v1.5M2.5 10H4m12 0h1.5M4.7 4.7l1 1m8.6 8.6 1 1m0-10.6-1 1m-8.6 8.6-1 1" />,
  dark: <path d="M16.5 11.3A6.7 6.7 0 1 1 8.7 3.5a5.3 5.3 0 0 0 7.8 7.8Z" />,
  cut: <path d="M8 12 3.5 16.5M12 8l4.5-4.5M6.5 8.5 5 10a3.2 3.2 0 0 0 5 5l1.5-1.5m2-2L15 10a3.2 3.2 0 0 0-5-5L8.5 6.5" />,
  plug: <path d="M7 2.8V6m6-3.2V6M5 6h10v3a5 5 0 0 1-10 0zm5 8v3.5" />,
  chevron: <path d="m7.5 5 5 5-5 5" />,
  close: <path d="m5.5 5.5 9 9m0-9-9 9" />,
  plus: <path d="M10 4.5v11M4.5 10h11" />,
  copy: <path d="M7.5 7.5h8v8h-8zM12.5 7.5v-3h-8v8h3" />,
} satisfies Record<string, ReactNode>;

export type IconName = keyof typeof PATHS;

/** Beside a text, or with one hidden from sight: it says nothing by itself. */
export function Icon({ name, flips = false }: { name: IconName; flips?: boolean }) {
  return (
    <svg className={flips ? "icon icon-flips" : "icon"} viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      {PATHS[name]}
    </svg>
  );
}

/** The belfry: an arch with its bell. */
export function Mark() {
  return (
    <svg className="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="9" className="mark-ground" />
      <path className="mark-arch" d="M8.5 24.5V14.5a7.5 7.5 0 0 1 15 0v10" />
      <path className="mark-bell" d="M16 11.5c-2.5 0-3.8 1.8-3.8 4.2 0 2.6-.9 3.3-1.4 4.3h10.4c-.5-1-1.4-1.7-1.4-4.3 0-2.4-1.3-4.2-3.8-4.2Zm-1.6 9.7a1.6 1.6 0 0 0 3.2 0z" />
    </svg>
  );
}
