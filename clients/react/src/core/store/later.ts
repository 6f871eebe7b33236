/** What a replica needs only once there is a line, and is loaded with it: news, what other tabs know, and an end for changes without news. */
export { takeGroup } from "./news";
export { load, save } from "./saved";
export { settleOps } from "./settle";
