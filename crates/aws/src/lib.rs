//! Belfry on AWS.
