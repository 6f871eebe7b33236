/** The text of the stylesheet that the package ships. */
export function stylesheet(): string;
