//! Links in the documents lead somewhere.

use super::tree::Tree;

pub(crate) fn check(tree: &Tree) -> Vec<String> {
    let documents = tree.ending(".md").filter(|(path, _)| !path.starts_with("xtask/"));
    documents.flat_map(|(path, text)| dead(tree, path, text)).collect()
}

fn dead(tree: &Tree, path: &str, text: &str) -> Vec<String> {
    let links = prose(text).split("](").skip(1).filter_map(|rest| rest.split(')').next()).map(str::to_owned).collect::<Vec<_>>();
    let ours = links.iter().filter(|link| !link.contains("://") && !link.starts_with("mailto:"));
    ours.filter_map(|link| problem(tree, path, link)).collect()
}

fn problem(tree: &Tree, path: &str, link: &str) -> Option<String> {
    let (file, anchor) = link.split_once('#').map_or((link, None), |(file, anchor)| (file, Some(anchor)));
    let target = if file.is_empty() { path.to_owned() } else { join(path, file) };
    if !tree.has(&target) {
        return Some(format!("{path}: the link to {link} leads nowhere"));
    }
    let known = anchor.is_none_or(|anchor| anchors(tree.text(&target)).any(|known| known == anchor));
    (!known).then(|| format!("{path}: {target} has no heading for #{}", anchor.unwrap_or_default()))
}

/// A link as seen from its document's folder.
fn join(path: &str, link: &str) -> String {
    let mut parts: Vec<&str> = path.split('/').collect();
    parts.pop();
    for part in link.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            name => parts.push(name),
        }
    }
    parts.join("/")
}

/// The text without its code.
fn prose(text: &str) -> String {
    text.split("```").step_by(2).collect::<Vec<_>>().join("\n")
}

/// Headings as they stand in links: small letters, hyphens, no punctuation.
fn anchors(text: &str) -> impl Iterator<Item = String> {
    let slug = |heading: &str| {
        let kept =
            heading.trim().to_lowercase().chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_')).collect::<String>();
        kept.replace(' ', "-")
    };
    let headings =
        prose(text).lines().filter(|line| line.starts_with('#')).map(|line| slug(line.trim_start_matches('#'))).collect::<Vec<_>>();
    headings.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dead_links_are_found() {
        let a = ("docs/a.md", "[b](b.md#two-words) [up](../README.md) [no](c.md) [no](b.md#three)\n```sh\n[x](y)\n```");
        let tree = Tree::of(&[a, ("docs/b.md", "## Two words"), ("README.md", "")]);
        let findings = check(&tree);
        assert_eq!(findings.len(), 2, "{findings:?}");
    }
}
