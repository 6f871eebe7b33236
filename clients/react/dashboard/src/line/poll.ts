/** Between two polls, in milliseconds: somebody watches, and the server is near. */
export const POLL_MS = 5_000;
