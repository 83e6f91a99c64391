package main

import (
	"errors"

	"github.com/spf13/cobra"
)

// policyFile is the name of a Policy file, which is empty only if nobody has said one.
type policyFile string

// addFlag adds --policy.
func (p *policyFile) addFlag(c *cobra.Command, usage string) {
	c.Flags().Var(p, "policy", usage)
	_ = c.MarkFlagFilename("policy", "yaml", "yml") // fails only for a flag that does not exist
}

// Set refuses an empty name, as of a variable that is not set: it would mean another Policy.
func (p *policyFile) Set(name string) error {
	if name == "" {
		return errors.New("want a Policy file; without the flag the default holds")
	}
	*p = policyFile(name)
	return nil
}

func (p *policyFile) String() string { return string(*p) }

// Type is what help calls the value.
func (*policyFile) Type() string { return "string" }
