import { Parts } from "../parts";
import { Notifications } from "./notifications";

export default function Dashboard() {
  return (
    <Notifications user="ben">
      <Parts />
    </Notifications>
  );
}
