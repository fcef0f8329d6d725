// disk: how much room the data directory has. Promises: while less is free than the operator keeps, what makes it grow by
// somebody's wish (builds, uploads) is refused with the reason; what runs, reads and deletes goes on; when there is room
// again everything is taken again, by itself.
export { DiskRoom, type Room } from "./disk-room.ts";
