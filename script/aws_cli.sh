# shellcheck shell=bash
# What script/deploy and script/undeploy share. Sourced.

# Sets `aws`, the command line that is there.
find_aws() {
  if ! command -v aws >/dev/null; then
    echo "$0: the AWS CLI is not installed. Install it (https://aws.amazon.com/cli/ or \`pip install awscli\`) and log in;" >&2
    echo "or deploy with the SAM CLI: script/package && sam deploy --guided --template deploy/template.yaml" >&2
    exit 3
  fi
}

# An endpoint is passed as a flag: not every command of every version of the CLI reads AWS_ENDPOINT_URL, and one that does not would
# reach the real account. A service's own endpoint (AWS_ENDPOINT_URL_S3, …) goes before it, as it does in the CLI.
call() {
  local endpoint=() own=AWS_ENDPOINT_URL_${1^^}
  [ "$own" != AWS_ENDPOINT_URL_S3API ] || own=AWS_ENDPOINT_URL_S3
  local url=${!own:-${AWS_ENDPOINT_URL:-}}
  [ -z "$url" ] || endpoint=(--endpoint-url "$url")
  aws "${endpoint[@]}" --region "$region" "$@"
}

# Sets `region` and `account`, or says what is missing.
check_account() {
  # A profile without a region makes it fail; the next lines say so in our words.
  region=${AWS_REGION:-${AWS_DEFAULT_REGION:-$(aws configure get region || true)}}
  if [ -z "$region" ]; then
    echo "$0: no region is known: set AWS_REGION, or one in your profile with \`aws configure\`" >&2
    exit 2
  fi
  if ! account=$(call sts get-caller-identity --query Account --output text); then
    echo "$0: AWS does not know who you are: log in, or set AWS_PROFILE (what AWS said is above)" >&2
    exit 1
  fi
}

check_stack_name() {
  if ! [[ $1 =~ ^[a-z][a-z0-9-]{0,31}$ ]]; then
    echo "$0: '$1' cannot be the stack's name: 1 to 32 of a-z, 0-9 and hyphen, a letter first" >&2
    exit 2
  fi
}

# The bucket that the program is uploaded to: one a stack, account and region.
bucket_of() {
  echo "$1-program-$account-$region"
}
