/** What a replica needs only once there is a line, and is loaded with it: news, and what other tabs know. */
export { takeGroup } from "./news";
export { load, save } from "./saved";
