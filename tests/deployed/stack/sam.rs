//! The tools that deploy to an account, pointed at the emulator.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use crate::built::root;
use crate::client::{KEY, REGION};
use crate::stack::emulator::{Emulator, tool};
use crate::stack::outputs::Outputs;

const STACK: &str = "belfry";
/// How the release profile is changed for the test.
const QUICK: [(&str, &str); 3] =
    [("CARGO_PROFILE_RELEASE_LTO", "off"), ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"), ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")];
/// What is changed in a copy of the template, each found once; `main.rs` says why.
const CHANGES: [(&str, &str); 4] = [
    ("            ResponseTransferMode: RESPONSE_STREAM\n", ""),
    ("            TimeoutInMillis: 900000\n", ""),
    ("{MaximumConcurrency: !Ref DeliverConcurrency}", "{MaximumConcurrency: 10}"),
    ("{MaximumConcurrency: !Ref FanoutConcurrency}", "{MaximumConcurrency: 4}"),
];

/// Deletes a stack, waits until it is gone, and tells what hindered it.
const DELETE: &str = "
import boto3, sys
cloud, stack = boto3.client('cloudformation'), sys.argv[1]
cloud.delete_stack(StackName=stack)
try:
    cloud.get_waiter('stack_delete_complete').wait(StackName=stack, WaiterConfig={'Delay': 1, 'MaxAttempts': 60})
except Exception as error:
    for event in cloud.describe_stack_events(StackName=stack)['StackEvents']:
        print(event.get('LogicalResourceId'), event.get('ResourceStatus'), event.get('ResourceStatusReason'))
    raise error
";

/// The command line of SAM in a folder of this test's own.
pub(crate) struct Sam {
    folder: PathBuf,
    /// Whether the functions are there already.
    packaged: bool,
    url: String,
}

impl Sam {
    /// Lays a copy of the template and of what SAM is told beside what `sam build` will make of it.
    pub(crate) fn new(emulator: &Emulator) -> Self {
        let folder = root().join("target/deployed");
        fs::create_dir_all(folder.join("infra")).unwrap();
        let packaged = std::env::var_os("BELFRY_FUNCTIONS").map(PathBuf::from);
        let functions = packaged.clone().unwrap_or_else(|| root().join("functions"));
        let mut template = fs::read_to_string(root().join("template.yaml")).unwrap();
        for (ours, theirs) in CHANGES {
            assert_eq!(template.matches(ours).count(), 1, "{ours}");
            template = template.replace(ours, theirs);
        }
        template = template.replace("CodeUri: functions", &format!("CodeUri: {}", functions.display()));
        fs::write(folder.join("template.yaml"), template).unwrap();
        for beside in ["infra/alarms.yaml", "infra/dashboard.yaml", "samconfig.toml"] {
            fs::copy(root().join(beside), folder.join(beside)).unwrap();
        }
        Self { folder, packaged: packaged.is_some(), url: emulator.url() }
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = self.environment(Command::new(tool("sam", "sam")));
        let mut path = tool("sam", "cargo-lambda").parent().unwrap().as_os_str().to_owned();
        path.push(":");
        path.push(std::env::var_os("PATH").unwrap_or_default());
        command.args(words).env("PATH", path).env("SAM_CLI_TELEMETRY", "0").envs(QUICK);
        command
    }

    /// In the folder, and at the emulator.
    fn environment(&self, mut command: Command) -> Command {
        command.current_dir(&self.folder).stdin(Stdio::null());
        // Whoever runs the tests may have an account.
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("AWS_")) {
            command.env_remove(name);
        }
        command.env("NO_PROXY", "*").env("AWS_ENDPOINT_URL", &self.url);
        command.env("AWS_DEFAULT_REGION", REGION).env("AWS_ACCESS_KEY_ID", KEY).env("AWS_SECRET_ACCESS_KEY", KEY);
        command
    }

    /// Runs it to its end and insists on success.
    fn run(&self, words: &[&str]) -> String {
        let Output { status, stdout, stderr } = self.command(words).output().unwrap();
        let (said, complained) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
        assert!(status.success(), "`sam {}` ended with {status}\n{said}\n{complained}", words.join(" "));
        said.into_owned()
    }

    /// Packages the functions. Their programs are what is tested, not their size and speed: a part of the time is enough. To try
    /// something again and again, `BELFRY_FUNCTIONS` names a folder of packaged ones (`target/lambda`).
    pub(crate) fn build(&self, parameters: &[String]) {
        if self.packaged {
            // As a build of before would be deployed instead.
            let _ = fs::remove_dir_all(self.folder.join(".aws-sam"));
            return;
        }
        let always = ["build", "--parameter-overrides"];
        let words: Vec<&str> = always.into_iter().chain(parameters.iter().map(String::as_str)).collect();
        self.run(&words);
    }

    /// Makes the stack, or makes of it what these parameters say. All else is said by `samconfig.toml`, as for everybody; but nobody is here
    /// to confirm.
    pub(crate) fn deploy(&self, parameters: &[String]) {
        let always = ["deploy", "--no-confirm-changeset", "--parameter-overrides"];
        let words: Vec<&str> = always.into_iter().chain(parameters.iter().map(String::as_str)).collect();
        self.run(&words);
    }

    pub(crate) fn outputs(&self) -> Outputs {
        Outputs::parse(&self.run(&["list", "stack-outputs", "--stack-name", STACK, "--output", "json"]))
    }

    /// Deletes the stack as `sam delete` does, which itself cannot read the addresses of nested templates that the emulator gives.
    pub(crate) fn delete(&self) {
        let mut python = self.environment(Command::new(tool("ministack", "python")));
        let Output { status, stdout, stderr } = python.args(["-c", DELETE, STACK]).output().unwrap();
        let (said, complained) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
        assert!(status.success(), "{said}\n{complained}");
        let listed = self.command(&["list", "stack-outputs", "--stack-name", STACK, "--output", "json"]).output().unwrap();
        assert!(!listed.status.success(), "{}", String::from_utf8_lossy(&listed.stdout));
    }
}
