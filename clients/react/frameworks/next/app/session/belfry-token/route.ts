/** A token for the page. Here whoever starts the application gives it along; one's own signs it, with the secret that Belfry knows too. */
export function GET() {
  return Response.json({ token: process.env.BELFRY_TOKEN });
}
