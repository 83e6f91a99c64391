package main

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/glootrace/glootrace/internal/gloo"
)

// suggestWhatWasMeant makes all commands, cobra's own too, answer a word that there is not with one that is near.
func suggestWhatWasMeant(root *cobra.Command) {
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		var unknown *pflag.NotExistError
		if !errors.As(err, &unknown) {
			return err
		}
		var flags []string
		c.Flags().VisitAll(func(f *pflag.Flag) { flags = append(flags, "--"+f.Name) })
		return fmt.Errorf("%w; %s", err, didYouMean("--"+unknown.GetSpecifiedName(), flags, c))
	})
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		switch c.Name() {
		case "help":
			c.Args = func(c *cobra.Command, topic []string) error {
				of, rest, err := c.Root().Find(topic)
				if err == nil && len(rest) > 0 {
					err = unknownCommand(of, rest[0])
				}
				return err
			}
		case "completion":
			c.Args, c.DisableFlagsInUseLine = cobra.ArbitraryArgs, true
			c.Long += "\nAs a plugin it is completed by kubectl, which calls kubectl_complete-glootrace: make that a link to this program."
			c.RunE = func(c *cobra.Command, args []string) error {
				if len(args) > 0 {
					return unknownCommand(c, args[0])
				}
				return c.Help()
			}
		}
	}
}

// unknownCommand says that c has no command of that name.
func unknownCommand(c *cobra.Command, name string) error {
	var commands []string
	for _, sub := range c.Commands() {
		commands = append(commands, sub.Name())
	}
	return fmt.Errorf("unknown command %q for %q; %s", name, c.CommandPath(), didYouMean(name, commands, c))
}

func didYouMean(name string, known []string, c *cobra.Command) string {
	if meant := gloo.Nearest(name, known); meant != "" {
		return "did you mean " + meant + "?"
	}
	return c.CommandPath() + helpSays
}

const helpSays = " --help shows what it takes"

var (
	exclusive = regexp.MustCompile(`^if any flags in the group .* none of the others can be; \[(.+)\] were all set$`)
	unlike    = regexp.MustCompile(`^unknown command ".*" for "(.*)"$`)
)

// inALine has what cobra itself says in one line, as all other errors are, that says what to do.
func inALine(err error) error {
	if flags := exclusive.FindStringSubmatch(err.Error()); flags != nil {
		return fmt.Errorf("--%s contradict each other: leave one out", strings.Join(strings.Fields(flags[1]), " and --"))
	}
	if of := unlike.FindStringSubmatch(err.Error()); of != nil {
		return fmt.Errorf("%w; %s", err, of[1]+helpSays)
	}
	what, others, is := strings.Cut(err.Error(), "\n\nDid you mean this?\n")
	if !is {
		return err
	}
	return fmt.Errorf("%s; did you mean %s?", what, strings.Join(strings.Fields(others), " or "))
}
