import { Parts } from "../parts";

export default function Dashboard() {
  return <Parts />;
}
