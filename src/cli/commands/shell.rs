//! Commands that need no server: completions, man.

use std::io::{self, Write as _};

use clap::Args;
use clap_complete::env::Shells;

use crate::cli::failure::{Exit, Failure};

/// The variable with which a shell asks the program for completions.
pub const COMPLETE_VARIABLE: &str = "COMPLETE";

/// Flags of `parlor completions`.
#[derive(Args, Debug)]
pub struct Completions {
    /// The shell: bash, elvish, fish, powershell or zsh.
    #[arg(value_name = "SHELL", value_parser = ["bash", "elvish", "fish", "powershell", "zsh"])]
    shell: String,
}

/// Prints what makes a shell ask the program for completions.
pub fn completions(args: &Completions) -> Result<(), Failure> {
    let shells = Shells::builtins();
    let shell =
        shells.completer(&args.shell).ok_or_else(|| Failure::new(Exit::Usage, "This shell is not known: see `parlor completions --help`."))?;
    let mut script = Vec::new();
    shell.write_registration(COMPLETE_VARIABLE, "parlor", "parlor", "parlor", &mut script)?;
    Ok(io::stdout().lock().write_all(&script)?)
}

/// Prints the manual page, with those of all commands behind it.
pub fn man(mut program: clap::Command) -> Result<(), Failure> {
    program.build();
    let mut page = Vec::new();
    clap_mangen::Man::new(program.clone()).render(&mut page)?;
    for command in program.get_subcommands().filter(|command| !command.is_hide_set() && command.get_name() != "help") {
        let man = clap_mangen::Man::new(command.clone());
        let title = command.get_bin_name().unwrap_or_else(|| command.get_name()).to_uppercase();
        writeln!(page, ".SH \"{title}\"")?;
        man.render_description_section(&mut page)?;
        man.render_options_section(&mut page)?;
    }
    Ok(io::stdout().lock().write_all(&page)?)
}
