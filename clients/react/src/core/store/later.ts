/** What a replica needs only once there is a line, and is loaded with it: news, what other tabs know, and an end for changes without news. */
import { takeGroup } from "./news";
import { load, save } from "./saved";
import { settleOps } from "./settle";

export const later = { takeGroup, load, save, settleOps };
