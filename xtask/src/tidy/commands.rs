//! What the documents tell people to type exists: subcommands and options of `cargo` and `belfry` in `sh` blocks.

use std::collections::BTreeSet;

use super::tree::Tree;

/// What cargo itself has, as far as we use it, `deny`, which `cargo install` brings, and `lambda`, which `cargo xtask tools` does.
const OF_CARGO: [&str; 10] = ["build", "run", "test", "fmt", "clippy", "doc", "install", "bench", "deny", "lambda"];
const CLI: &str = "crates/local/src/cli/";
const SETTINGS: &str = "crates/local/src/settings.rs";

/// What there is.
struct Known {
    cargo: BTreeSet<String>,
    xtask: BTreeSet<String>,
    belfry: BTreeSet<String>,
    options: String,
}

pub(crate) fn check(tree: &Tree) -> Result<Vec<String>, String> {
    let known = Known::read(tree)?;
    let lines = tree.ending(".md").flat_map(|(path, text)| shell_lines(text).map(move |line| (path, line)));
    Ok(lines.flat_map(|(path, line)| known.unknown(line).into_iter().map(move |what| format!("{path}: there is no `{what}`"))).collect())
}

impl Known {
    fn read(tree: &Tree) -> Result<Self, String> {
        let config: toml::Table = tree.text(".cargo/config.toml").parse().map_err(|error| format!(".cargo/config.toml: {error}"))?;
        let aliases = config.get("alias").and_then(toml::Value::as_table).into_iter().flat_map(toml::Table::keys).cloned();
        Ok(Self {
            cargo: OF_CARGO.iter().map(ToString::to_string).chain(aliases).collect(),
            xtask: crate::COMMANDS.iter().map(|(name, _)| (*name).to_owned()).collect(),
            belfry: variants(tree.text(&format!("{CLI}mod.rs"))),
            options: tree.under(CLI).map(|(_, text)| text).chain([tree.text(SETTINGS)]).collect(),
        })
    }

    /// The commands of a line that do not exist.
    fn unknown(&self, line: &str) -> Vec<String> {
        let words: Vec<&str> = line.split([' ', '|', ';', '(', ')', '"']).filter(|word| !word.is_empty()).collect();
        let mut unknown = Vec::new();
        for pair in words.windows(2) {
            let missing = match pair {
                ["cargo", name] => !name.starts_with('-') && !self.cargo.contains(*name),
                ["xtask", name] => !self.xtask.contains(*name),
                ["belfry", name] => !name.starts_with('-') && !self.belfry.contains(*name),
                _ => false,
            };
            unknown.extend(missing.then(|| pair.join(" ")));
        }
        if let Some(at) = words.iter().position(|word| *word == "belfry") {
            // Options up to a pipe, a redirection or another program belong to belfry.
            let own = words[at..].iter().take_while(|word| !matches!(**word, ">" | "&&" | "&" | "curl" | "jq"));
            unknown.extend(own.filter(|word| !self.option(word)).map(|word| format!("belfry … {word}")));
        }
        unknown
    }

    /// Whether this is no option, or one that the command line declares: by a field's name or by `long = "…"`.
    fn option(&self, word: &str) -> bool {
        let Some(name) = word.strip_prefix("--").map(|name| name.split('=').next().unwrap_or(name)) else { return true };
        let field = format!("{}: ", name.replace('-', "_"));
        matches!(name, "help" | "version") || self.options.contains(&field) || self.options.contains(&format!("long = \"{name}\""))
    }
}

/// The subcommands: the variants of `enum Command`, in small letters.
fn variants(text: &str) -> BTreeSet<String> {
    let body = text.split("pub enum Command {").nth(1).and_then(|rest| rest.split("\n}").next()).unwrap_or_default();
    let name = |line: &str| {
        line.strip_prefix("    ")?.split('(').next().filter(|name| name.starts_with(char::is_uppercase)).map(str::to_lowercase)
    };
    body.lines().filter_map(name).collect()
}

/// The lines of the fenced blocks marked `sh`, without comments.
fn shell_lines(text: &str) -> impl Iterator<Item = &str> {
    let blocks = text.split("```").skip(1).step_by(2).filter_map(|block| block.strip_prefix("sh\n"));
    blocks.flat_map(str::lines).map(|line| line.split(" #").next().unwrap_or(line)).filter(|line| !line.starts_with('#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_that_do_not_exist_are_found() {
        let cli = "pub enum Command {\n    /// Runs.\n    Serve(Box<A>),\n    Tail(B),\n}\nstruct A {\n    user: String,\n}";
        let config = (".cargo/config.toml", "[alias]\nserve = \"run\"\nxtask = \"run -p xtask\"");
        let document =
            "```sh\ncargo serve   # good\ncargo swerve\ncargo xtask ci\nbelfry tail --user anna | jq --raw\nbelfry tall --users a\n```";
        let findings = check(&Tree::of(&[config, ("crates/local/src/cli/mod.rs", cli), ("README.md", document)])).unwrap();
        assert_eq!(findings.len(), 3, "{findings:?}");
    }
}
