//! What a user does not want to see.

use std::collections::BTreeSet;

use crate::id::Category;

/// The muted categories of a user.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Preferences {
    /// Nothing of these is stored for the user, pushed, shown or counted.
    pub muted: BTreeSet<Category>,
}

impl Preferences {
    /// Whether a notification of this category is hidden.
    pub fn hides(&self, category: Option<&Category>) -> bool {
        category.is_some_and(|category| self.muted.contains(category))
    }
}

#[cfg(test)]
mod tests;
